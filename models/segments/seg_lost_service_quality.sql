{{ lost_audience('service_quality', 'rtn_s19') }}
