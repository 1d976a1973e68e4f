vcl 4.1;
# Written by 10panel for one site. The shared policy decides what is private, before and after these words.
sub tp_sites {
}
sub tp_site_recv {
	if (req.url ~ "^/x") {
		return (pass);
	}
}
sub tp_site_backend_response {
	set beresp.ttl = 5m;
}
sub tp_site_deliver {
	set resp.http.X-Own = "yes";
}
include "/etc/varnish/tenpanel/policy.vcl";
