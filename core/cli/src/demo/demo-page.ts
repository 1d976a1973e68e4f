/** The page of the demo site: it says which PHP ran it, as whom, and in which cgroup. */
export const demoPage = `<?php
header('Content-Type: text/plain; charset=utf-8');
$cgroup = @file_get_contents('/proc/self/cgroup');
echo "Hello from 10panel\\n";
echo 'PHP ', PHP_VERSION, ' (', PHP_SAPI, ")\\n";
echo 'uid ', function_exists('posix_geteuid') ? posix_geteuid() : getmyuid(), "\\n";
if ($cgroup !== false) echo 'cgroup ', trim(strrchr(trim($cgroup), ':'), ':'), "\\n";
echo 'rendered ', date('c'), "\\n";
`;
