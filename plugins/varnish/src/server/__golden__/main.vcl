vcl 4.1;
# Written by 10panel. Only sites with words of their own are named here.
sub tp_sites {
	if (req.http.X-Tenpanel-Site == "7") {
		return (vcl(tp_site_7));
	}
}
sub tp_site_recv {
}
sub tp_site_backend_response {
}
sub tp_site_deliver {
}
include "/etc/varnish/tenpanel/policy.vcl";
