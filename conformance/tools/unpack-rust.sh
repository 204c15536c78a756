#!/usr/bin/env bash
# A compiler of Rust with its libraries for WebAssembly, from Debian's packages into a folder of its own: for machines
# where another compiler stands in the way of installing them. Needs apt-get with its lists, and dpkg.
#
#   RUSTC=$(conformance/tools/unpack-rust.sh FOLDER) npm test -- handler-sdk
#
# The last line is the address of the compiler; the linker is that of clang (apt-get install clang lld).
set -euo pipefail

folder=${1:?usage: unpack-rust.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
root=$PWD/root

# The package that this one needs, among those whose name begins like that.
needed() { apt-cache depends "$1" | sed -nE "s/^ *Depends: ($2[0-9.]+)\$/\1/p" | head -n 1; }

# Lists of packages are there, or are fetched.
apt-cache show libstd-rust-dev-wasm32 >/dev/null 2>&1 || apt-get -qq update >&2
library=$(needed libstd-rust-dev libstd-rust-)
engine=$(needed "$library" libllvm)
apt-get -qq download rustc libstd-rust-dev-wasm32 "$library" $engine >&2
for package in ./*.deb; do
  dpkg -x "$package" "$root"
  rm "$package"
done

driver=$(find "$root/usr/lib" -name 'librustc_driver-*.so' | head -n 1)
# The libraries lie elsewhere than the compiler was told when it was built.
cat >rustc <<END
#!/bin/sh
LD_LIBRARY_PATH='$(dirname "$driver")' exec '$root/usr/bin/rustc' --sysroot '$root/usr' "\$@"
END
chmod +x rustc
./rustc --version >&2
echo "$PWD/rustc"
