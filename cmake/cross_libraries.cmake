# What the engine and its tests need of other projects, without packages for the target: the headers
# of fmt are the same for every machine, and Debian installs the sources of GoogleTest.

find_path(VERNIER_FMT_HEADERS fmt/format.h NO_CMAKE_FIND_ROOT_PATH REQUIRED)
# A folder of their own: beside them lie headers of the machine that compiles.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/headers)
file(CREATE_LINK ${VERNIER_FMT_HEADERS}/fmt ${CMAKE_BINARY_DIR}/headers/fmt SYMBOLIC)
add_library(fmt::fmt INTERFACE IMPORTED)
set_target_properties(fmt::fmt PROPERTIES
                      INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/headers
                      INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)

if(VERNIER_TESTS)
  add_subdirectory(/usr/src/googletest googletest EXCLUDE_FROM_ALL)
endif()
