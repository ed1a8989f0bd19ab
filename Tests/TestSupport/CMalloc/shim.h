// The allocator's own view of the heap, which Glibc's module map leaves out.
#pragma once
#include <malloc.h>
