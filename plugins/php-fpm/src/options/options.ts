import type { PhpOption } from './option.js';

const K = 1024;
const M = 1024 * K;
const G = 1024 * M;

/**
 * The closed list of php.ini values that a site may set (https://www.php.net/manual/en/ini.list.php). What could lead
 * out of the account (`extension`, `auto_prepend_file`, `sendmail_path`, `open_basedir` beyond the home, …) is not in it.
 */
export const phpOptions: readonly PhpOption[] = [
  { name: 'memory_limit', type: 'size', min: 16 * M, max: 8 * G, default: '256M', scope: 'site', group: 'limits', help: 'Memory one request may take.' },
  { name: 'max_execution_time', type: 'integer', min: 1, max: 3600, default: 60, scope: 'site', group: 'limits', help: 'Seconds of processor time before a request is ended.' },
  { name: 'max_input_time', type: 'integer', min: 1, max: 3600, default: 60, scope: 'site', group: 'limits', help: 'Seconds to read the data of a request.' },
  { name: 'max_input_vars', type: 'integer', min: 100, max: 100_000, default: 2000, scope: 'site', group: 'limits', help: 'Fields of one form.' },
  { name: 'max_input_nesting_level', type: 'integer', min: 1, max: 1024, default: 64, scope: 'site', group: 'limits', help: 'Depth of nested fields.' },
  { name: 'post_max_size', type: 'size', min: 64 * K, max: 8 * G, default: '64M', scope: 'site', group: 'uploads', help: 'Size of a whole request body.' },
  { name: 'upload_max_filesize', type: 'size', min: 64 * K, max: 8 * G, default: '64M', scope: 'site', group: 'uploads', help: 'Size of one uploaded file; at most post_max_size.' },
  { name: 'max_file_uploads', type: 'integer', min: 1, max: 500, default: 20, scope: 'site', group: 'uploads', help: 'Files in one request.' },
  { name: 'file_uploads', type: 'boolean', default: true, scope: 'site', group: 'uploads', help: 'Whether files can be uploaded.' },
  { name: 'display_errors', type: 'boolean', default: false, scope: 'site', group: 'errors', help: 'Show errors to visitors. Only while you develop.' },
  { name: 'log_errors', type: 'boolean', default: true, scope: 'site', group: 'errors', help: 'Write errors to logs/php-errors.log of the site.' },
  { name: 'error_reporting', type: 'errorLevel', values: ['all', 'production', 'errors', 'none'], default: 'production', scope: 'site', group: 'errors', help: 'Which errors count; production leaves out deprecations.' },
  { name: 'html_errors', type: 'boolean', default: true, scope: 'site', group: 'errors', help: 'Format shown errors as HTML.' },
  { name: 'date.timezone', type: 'timezone', default: 'UTC', scope: 'site', group: 'general', help: 'Time zone of date functions, such as Europe/Berlin.' },
  { name: 'short_open_tag', type: 'boolean', default: false, scope: 'site', group: 'general', help: 'Take <? as the start of PHP.' },
  { name: 'output_buffering', type: 'integer', min: 0, max: 1_048_576, default: 4096, scope: 'site', group: 'general', help: 'Bytes held back before output is sent.' },
  { name: 'allow_url_fopen', type: 'boolean', default: true, scope: 'site', group: 'general', help: 'Let file functions open URLs.' },
  { name: 'zlib.output_compression', type: 'boolean', default: false, scope: 'site', group: 'general', help: 'Compress in PHP; the web server does it already.' },
  { name: 'expose_php', type: 'boolean', default: false, scope: 'pool', group: 'general', help: 'Tell the version in the header X-Powered-By.' },
  { name: 'realpath_cache_ttl', type: 'integer', min: 0, max: 86_400, default: 120, scope: 'pool', group: 'general', help: 'Seconds that a resolved path is remembered.' },
  { name: 'realpath_cache_size', type: 'size', min: 16 * K, max: 64 * M, default: '4096K', scope: 'pool', group: 'general', help: 'Memory of resolved paths in each worker.' },
  { name: 'session.gc_maxlifetime', type: 'integer', min: 60, max: 2_592_000, default: 1440, scope: 'site', group: 'sessions', help: 'Seconds after which an unused session may go.' },
  { name: 'session.cookie_lifetime', type: 'integer', min: 0, max: 31_536_000, default: 0, scope: 'site', group: 'sessions', help: 'Seconds the cookie lives; 0 is until the browser closes.' },
  { name: 'session.cookie_secure', type: 'boolean', default: false, scope: 'site', group: 'sessions', help: 'Send the session cookie over https only.' },
  { name: 'session.cookie_httponly', type: 'boolean', default: true, scope: 'site', group: 'sessions', help: 'Hide the session cookie from scripts.' },
  { name: 'session.cookie_samesite', type: 'enum', values: ['Lax', 'Strict', 'None'], default: 'Lax', scope: 'site', group: 'sessions', help: 'Whether other sites’ requests carry the session cookie.' },
  { name: 'session.use_strict_mode', type: 'boolean', default: true, scope: 'site', group: 'sessions', help: 'Refuse session ids that the server did not make.' },
  { name: 'opcache.enable', type: 'boolean', default: true, scope: 'site', group: 'opcache', help: 'Keep compiled scripts in memory.' },
  { name: 'opcache.validate_timestamps', type: 'boolean', default: true, scope: 'site', group: 'opcache', help: 'Notice changed files.' },
  { name: 'opcache.revalidate_freq', type: 'integer', min: 0, max: 3600, default: 2, scope: 'site', group: 'opcache', help: 'Seconds between two looks at a file.' },
  { name: 'opcache.memory_consumption', type: 'integer', min: 16, max: 2048, default: 128, scope: 'pool', group: 'opcache', help: 'Megabytes for compiled scripts.' },
  { name: 'opcache.interned_strings_buffer', type: 'integer', min: 4, max: 256, default: 16, scope: 'pool', group: 'opcache', help: 'Megabytes for strings that scripts share.' },
  { name: 'opcache.max_accelerated_files', type: 'integer', min: 2000, max: 1_000_000, default: 16_229, scope: 'pool', group: 'opcache', help: 'Scripts that can be kept.' },
];
