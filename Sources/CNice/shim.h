// libnice: ICE. The importer sees no variadic function and no macro; those that we need are wrapped here.
#pragma once
#include <nice/agent.h>
#include <glib-object.h>
