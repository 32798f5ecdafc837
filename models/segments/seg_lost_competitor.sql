{{ lost_audience('competitor', 'rtn_s22') }}
