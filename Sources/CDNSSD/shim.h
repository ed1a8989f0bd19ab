// dns_sd (Avahi's compatibility library): mDNS service discovery and .local names.
#pragma once
#include <dns_sd.h>
