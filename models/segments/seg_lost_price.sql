{{ lost_audience('price', 'rtn_s21') }}
