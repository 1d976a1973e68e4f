import cookie;
import std;

# Holds no names of sites: what a site wants travels in X-Tenpanel-Cache, which the front web server always sets.
backend tp_backend {
	.path = "/run/tenpanel-web/backend.sock";
	.connect_timeout = 3s;
	.first_byte_timeout = 300s;
	.between_bytes_timeout = 60s;
}

sub vcl_recv {
	call tp_sites;
	unset req.http.X-Tenpanel-Jar;
	unset req.http.X-Tenpanel-Word;
	# Varnish has put the address of its own client behind the visitor's, and on a socket that is 0.0.0.0.
	if (req.http.X-Real-IP) {
		set req.http.X-Forwarded-For = req.http.X-Real-IP;
	}
	if (req.http.Upgrade ~ "(?i)^websocket$") {
		return (pipe);
	}
	# No policy, no cache.
	if (req.http.X-Tenpanel-Site !~ "^[1-9][0-9]*$" || req.http.X-Tenpanel-Cache !~ "^on(;|$)") {
		return (pass);
	}
	if (req.method != "GET" && req.method != "HEAD") {
		return (pass);
	}
	if (req.http.Authorization || req.http.X-HTTP-Method-Override || req.http.Content-Length ~ "[1-9]" || req.http.Transfer-Encoding) {
		return (pass);
	}
	# A second spelling of a path would slip past the list of paths to leave alone.
	if (req.url !~ "^/" || req.url ~ "^[^?]*(//|/[.]{1,2}(/|[?]|$)|%(2[dDeEfF]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE]))") {
		return (pass);
	}
	if (req.url ~ "^[^?]*/(wp-admin|wp-login[.]php|wp-cron[.]php|xmlrpc[.]php|administrator|user/login|admin|login|logout|cart|checkout|my-account|account)(/|[?]|$)") {
		return (pass);
	}
	if (req.http.X-Tenpanel-Cache ~ ";bypass=") {
		set req.http.X-Tenpanel-Word = regsub(req.http.X-Tenpanel-Cache, "^.*;bypass=([^;]*).*$", "\1") + "|" + req.url;
		if (req.http.X-Tenpanel-Word ~ "(?:^|,)([^,|]++)(?:,[^|]*+)?+\|\1(?:[/?]|$)") {
			return (pass);
		}
	}
	call tp_site_recv;
	call tp_cookies;
	if (req.http.Cookie) {
		return (pass);
	}
	if (req.http.X-Tenpanel-Cache ~ ";query=ignore(;|$)") {
		set req.url = regsub(req.url, "[?].*$", "");
	} elsif (req.http.X-Tenpanel-Cache !~ ";query=keep(;|$)") {
		set req.url = regsuball(req.url, "(?<=[?&])(utm_[a-z_]+|gclid|gbraid|wbraid|dclid|fbclid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_ga|_gl|srsltid)=[^&]*&?", "");
		set req.url = regsub(req.url, "[?&]+$", "");
	}
	unset req.http.X-Tenpanel-Word;
	return (hash);
}

# What is left in Cookie afterwards may mean a person, and such a request is never answered from memory.
sub tp_cookies {
	if (req.http.Cookie) {
		set req.http.X-Tenpanel-Jar = req.http.Cookie;
		cookie.parse(req.http.Cookie);
		cookie.filter_re("^(_ga.*|_gid|_gat.*|_gcl_.*|_gac_.*|__utm.*|_fbp|_fbc|_hj.*|_pk_.*|_clck|_clsk|_uet(sid|vid)|_ym_.*|__gads|__gpi|_tt_.*|_pin_unauth|_scid.*|__hs.*|hubspotutk|ajs_.*|mp_.*_mixpanel|_dc_gtm_.*|OptanonConsent|OptanonAlertBoxClosed|cookieconsent_status|cookielawinfo-.*|viewed_cookie_policy|cmplz_.*|borlabs-cookie|CookieConsent|euconsent.*|has_js|wp-wpml_current_language|pll_language)$");
		set req.http.Cookie = cookie.get_string();
		if (req.http.Cookie !~ "(?i)(^|; *)([^=;]*(sess|sid|auth|token|log|user|cart|basket|csrf|xsrf|remember|account|customer)[^=;]*|wp-postpass_[^=;]*|comment_author_[^=;]*|wordpress_[^=;]*|wp_woocommerce[^=;]*)=" && req.http.X-Tenpanel-Cache ~ ";ignore=") {
			cookie.filter(regsub(req.http.X-Tenpanel-Cache, "^.*;ignore=([^;]*).*$", "\1"));
			set req.http.Cookie = cookie.get_string();
		}
		if (req.http.Cookie == "") {
			unset req.http.Cookie;
		}
	}
}

sub vcl_pipe {
	set bereq.http.Upgrade = req.http.Upgrade;
	set bereq.http.Connection = "upgrade";
	return (pipe);
}

sub vcl_pass {
	# Past the cache nothing is taken away.
	if (req.http.X-Tenpanel-Jar) {
		set req.http.Cookie = req.http.X-Tenpanel-Jar;
	}
	return (fetch);
}

# Root and PHP are part of the key: a page that was under way while they changed cannot be taken for one of the new ones.
sub vcl_hash {
	hash_data(req.http.X-Tenpanel-Site);
	hash_data(req.http.X-Tenpanel-Root);
	hash_data(req.http.X-Tenpanel-Php);
	hash_data(req.http.Host);
	hash_data(req.http.X-Forwarded-Proto);
	hash_data(req.url);
	return (lookup);
}

sub vcl_backend_fetch {
	unset bereq.http.X-Tenpanel-Jar;
	unset bereq.http.X-Tenpanel-Word;
	unset bereq.http.X-Tenpanel-Private;
	return (fetch);
}

sub vcl_backend_response {
	if (bereq.uncacheable) {
		return (deliver);
	}
	if (beresp.status >= 500 && bereq.is_bgfetch) {
		return (abandon);
	}
	# Judged before the site's own words, which cannot take it back.
	if (beresp.http.Set-Cookie
	    || beresp.http.WWW-Authenticate
	    || beresp.http.Cache-Control ~ "(?i)(private|no-store|no-cache)"
	    || beresp.http.Surrogate-Control ~ "(?i)(private|no-store|no-cache)"
	    || (!beresp.http.Cache-Control && beresp.http.Pragma ~ "(?i)no-cache")
	    || beresp.http.Vary ~ "(?i)(\*|cookie|authorization)"
	    || beresp.http.X-Accel-Expires == "0"
	    || (beresp.status != 200 && beresp.status != 203 && beresp.status != 204 && beresp.status != 301 && beresp.status != 308 && beresp.status != 404 && beresp.status != 410)
	    || beresp.http.Content-Length ~ "^[0-9]{8,}$") {
		set bereq.http.X-Tenpanel-Private = "1";
	}
	if (beresp.http.Cache-Control !~ "(?i)(max-age|s-maxage)" && !beresp.http.Expires) {
		set beresp.ttl = std.duration(regsub(bereq.http.X-Tenpanel-Cache, "^.*;ttl=([0-9]+).*$", "\1") + "s", 120s);
	}
	set beresp.grace = std.duration(regsub(bereq.http.X-Tenpanel-Cache, "^.*;grace=([0-9]+).*$", "\1") + "s", 600s);
	set beresp.keep = 0s;
	call tp_site_backend_response;
	if (bereq.http.X-Tenpanel-Private || beresp.uncacheable || beresp.ttl <= 0s) {
		set beresp.uncacheable = true;
		set beresp.ttl = 60s;
		set beresp.grace = 0s;
		return (deliver);
	}
	if (beresp.status >= 400 && beresp.ttl > 30s) {
		set beresp.ttl = 30s;
	}
	if (beresp.ttl > 7d) {
		set beresp.ttl = 7d;
	}
	# For purges; taken away before anybody sees them.
	set beresp.http.X-Tenpanel-Site = bereq.http.X-Tenpanel-Site;
	set beresp.http.X-Tenpanel-Url = bereq.url;
	if (beresp.http.Cache-Tag || beresp.http.xkey || beresp.http.Surrogate-Key) {
		set beresp.http.X-Tenpanel-Tags = "," + regsuball(beresp.http.Cache-Tag + "," + beresp.http.xkey + "," + beresp.http.Surrogate-Key, "[ ,]+", ",") + ",";
	}
	return (deliver);
}

sub vcl_backend_error {
	set beresp.http.Content-Type = "text/html; charset=utf-8";
	set beresp.http.Retry-After = "5";
	set beresp.body = "<!doctype html><title>Unavailable</title><p>This site does not answer at the moment. Please try again shortly.</p>";
	return (deliver);
}

sub vcl_deliver {
	call tp_site_deliver;
	if (obj.uncacheable) {
		set resp.http.X-Cache = "PASS";
	} elsif (obj.hits > 0) {
		set resp.http.X-Cache = "HIT";
	} else {
		set resp.http.X-Cache = "MISS";
	}
	unset resp.http.X-Tenpanel-Site;
	unset resp.http.X-Tenpanel-Url;
	unset resp.http.X-Tenpanel-Tags;
	unset resp.http.Cache-Tag;
	unset resp.http.xkey;
	unset resp.http.Surrogate-Key;
	unset resp.http.X-Varnish;
	unset resp.http.Via;
	return (deliver);
}

sub vcl_synth {
	set resp.http.Content-Type = "text/html; charset=utf-8";
	set resp.http.X-Cache = "PASS";
	unset resp.http.X-Varnish;
	unset resp.http.Via;
	set resp.body = "<!doctype html><title>" + resp.status + "</title><p>" + resp.reason + "</p>";
	return (deliver);
}
