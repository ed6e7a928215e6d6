# Build options and the flags that every target shares.
option(DYNAMOCS_TESTS "Build the tests" ON)
option(DYNAMOCS_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(DYNAMOCS_SANITIZE_THREADS "ThreadSanitizer" OFF)
option(DYNAMOCS_FUZZ "libFuzzer targets (clang only)" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror=return-type -Werror=switch)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # False alarms of g++ 12 inside std::variant, std::optional and std::string; clang and the sanitizers look for the same.
  # A class of a .cc file may hold what only that file knows, though in unity sources the file counts as a header.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-subobject-linkage)
endif()
if(DYNAMOCS_SANITIZE)
  # Without those checks of UndefinedBehaviorSanitizer that AddressSanitizer makes in its own way: they double the time
  # of a build.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,object-size,vptr -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(DYNAMOCS_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(DYNAMOCS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
include_directories(${CMAKE_SOURCE_DIR})
