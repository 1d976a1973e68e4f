vcl 4.1;
# Written by 10panel. Changes here are found and put back.
sub tp_sites {
}
sub tp_site_recv {
}
sub tp_site_backend_response {
}
sub tp_site_deliver {
}
include "/etc/varnish/tenpanel/policy.vcl";
