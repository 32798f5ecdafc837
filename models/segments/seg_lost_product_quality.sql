{{ lost_audience('product_quality', 'rtn_s20') }}
