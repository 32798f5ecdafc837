{{ lost_audience('payment', 'rtn_s24') }}
