// Linked into dynamo-node where it is built with sanitizers. A node of a local cluster runs in a PID namespace but sees
// the /proc of the machine; LeakSanitizer looks itself up there when the node stops, finds a stranger or nobody, and
// ends the process with an error. The tests that run the node's code in their own process look for leaks.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
