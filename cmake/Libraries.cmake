# Libraries from Debian 12, each as one target. Folders name exactly those that they use: the layers of the
# architecture are visible in the link lines.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(libevent REQUIRED IMPORTED_TARGET libevent)
pkg_check_modules(libevent_pthreads REQUIRED IMPORTED_TARGET libevent_pthreads)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
# A node has hundreds of messages in hand at a time, a simulated run or a history millions of small pieces; libc's
# allocator spends up to a third of their time. The library alone, without headers; where it is missing, libc's does.
find_library(JEMALLOC NAMES libjemalloc.so.2 jemalloc)
function(allocate_by_jemalloc program)
  if(JEMALLOC AND NOT DYNAMOCS_SANITIZE AND NOT DYNAMOCS_SANITIZE_THREADS)
    # Nothing names one of its symbols: the linker is told to keep it.
    target_link_libraries(${program} PRIVATE -Wl,--push-state,--no-as-needed ${JEMALLOC} -Wl,--pop-state)
  endif()
endfunction()
