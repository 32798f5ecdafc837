{{ lost_audience('dissatisfied_with_contact', 'rtn_s23') }}
