# What an idle agent runs lies together in the program: the kernel maps 64 KiB around each page that is touched. Only lld
# sorts functions by a list of names; without it the program is the same, and takes 4 MiB more of memory.
find_path(LLD_FOLDER ld.lld PATHS /usr/lib/llvm-19/bin NO_DEFAULT_PATH)

function(idle_functions_together target)
  if(NOT LLD_FOLDER)
    message(WARNING "lld-19 is not installed: ${target} is linked without cmake/idle_functions.txt")
    return()
  endif()
  set(list ${PROJECT_SOURCE_DIR}/cmake/idle_functions.txt)
  target_link_options(${target} PRIVATE -B${LLD_FOLDER} -fuse-ld=lld
    -Wl,--symbol-ordering-file=${list} -Wl,--no-warn-symbol-ordering)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${list})
endfunction()
