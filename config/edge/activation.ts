import { EDGE_DIRECTORY, ROUTING_PATH, routingFile, type EdgeBasis } from "./basis.ts";
import { markOf } from "./mark.ts";
import { readRouting } from "./routing.ts";

/** How putting a routing in force ended, by the exit code of its command. */
export const ACTIVATION_ENDS = {
  inForce: 0,
  busy: 70,
  stale: 71,
  full: 72,
  invalid: 73,
  notInForce: 74,
} as const;

export type ActivationEnd = keyof typeof ACTIVATION_ENDS;

/** What the kernel takes as one argument of a command, with room to spare. */
const MOST_BYTES = 120_000;

/**
 * What is put by for the way back: room for its routing and for a copy of the one before, both as long as can be. Of random
 * bytes, which no file system makes smaller.
 */
const RESERVE_BYTES = 262_144;

/**
 * Under a lock: refuses a routing that is older than the one in place, or as old and to others, or made for another in its
 * place; writes the new files beside the old ones; puts them in their places at once; has nginx check them; tells nginx; and
 * waits until the edge itself says that it follows, 60 looks of 50 ms. When the check or the wait fails, the last good files
 * are back in their places.
 *
 * On a full disk there is a way back: a reserve is put by before any candidate is routed, or nothing is written; a routing
 * without a candidate may take its room.
 *
 * The state is what the routing's first line begins with. For 100 ms nginx' old workers take new connections beside the new
 * ones; then their processes say that they end. The `wget` of BusyBox 1.35 cannot be trusted with a timeout of its own; its
 * `timeout` leaves a process behind for a second, which must not hold the lock, and is nginx' child where that is process 1.
 */
const SCRIPT = String.raw`
directory=$1 kind=$2 url=$3 serial=$4 mark=$5 file=$6 text=$7 base=$8 baseText=$9
shift 9
candidate=$1 reserve=$2 over=$3
old= delay=0
cd "$directory" && exec 9>>.lock && flock -w 10 9 || exit 70
ask() { timeout 1 wget -q -O - "$url" 2>/dev/null 9>&- || curl -fsS -m 1 "$url" 2>/dev/null; }
routing() { head -n 1 | sed 's/\("weight":[0-9]*\).*/\1/'; }
check() { [ "$kind" != nginx ] || nginx -t -q -c "$directory/nginx.conf"; }
reload() {
  [ "$kind" = nginx ] || return 0
  master=$(cat /tmp/nginx.pid)
  old=$(cat "/proc/$master/task/$master/children" 2>/dev/null) || delay=0.3
  kill -HUP "$master"
}
settled() {
  sleep "$delay"
  for each in $old; do
    case $(head -c 24 "/proc/$each/cmdline" 2>/dev/null) in
      "nginx: worker process is"*) ;;
      "nginx: "*) return 1 ;;
    esac
  done
}
putBy() {
  [ "$(wc -c 2>/dev/null < .reserve)" = "$reserve" ] || head -c "$reserve" /dev/urandom > .reserve || { rm -f .reserve; return 1; }
}
write() { { [ ! -f "$1" ] || cp "$1" "$1.good"; } && printf '%s' "$2" > "$1.next"; }
prepare() {
  rm -f "$1.good"
  write "$1" "$2" && return
  [ -n "$candidate" ] || { rm -f .reserve && write "$1" "$2" && return; }
  rm -f "$1.next"
  exit 72
}
back() {
  for each in "$file" $base; do
    if [ -f "$each.good" ]; then mv "$each.good" "$each"; else rm -f "$each"; fi
  done
}
if [ -f "$file" ]; then
  was=$(routing < "$file")
  before=$(printf '%s\n' "$was" | sed -n 's/.*"serial":\([0-9]*\).*/\1/p')
  [ -n "$before" ] || before=0
  if [ "$serial" -lt "$before" ] || { [ "$serial" -eq "$before" ] && [ "$(printf '%s\n' "$text" | routing)" != "$was" ]; } ||
    { [ -n "$over" ] && [ "$(head -n 1 "$file")" != "$over" ]; }; then
    echo "$before"
    exit 71
  fi
fi
[ -z "$candidate" ] || putBy || exit 72
prepare "$file" "$text"
[ -z "$base" ] || prepare "$base" "$baseText"
for each in "$file" $base; do mv "$each.next" "$each"; done
check || { back; exit 73; }
reload || { back; exit 74; }
looks=0
while [ $looks -lt 60 ]; do
  answer=$(ask)
  case $answer in *"$mark"*) if settled; then printf '%s\n' "$answer"; putBy 2>/dev/null; exit 0; fi ;; esac
  sleep 0.05
  looks=$((looks + 1))
done
printf '%s\n' "$answer"
back
reload
exit 74
`;

/** What else a routing's file comes with. */
export interface ActivationOptions {
  /** The file that includes it, where that is to change too. */
  readonly base?: { readonly name: string; readonly text: string } | undefined;
  /** First line of the only routing in whose place it is to be put; without it: of any that is older. */
  readonly over?: string | undefined;
}

/**
 * The one command that puts a routing in force, run in the edge's container. It goes on when its caller dies, so that no half
 * of it is ever left. Needs a shell with the usual small programs, `flock`, and `wget` or `curl` in the image.
 *
 * @param text the routing's file
 * @param directory where the edge's files are
 * @throws RangeError for a text that is no routing of this project, or too long
 */
export function activation(
  text: string,
  { base, over }: ActivationOptions = {},
  directory = EDGE_DIRECTORY,
): readonly string[] {
  const facts = readRouting(text);
  if (facts === undefined) throw new RangeError("edge: no routing of this project");
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw new RangeError(`edge: the routing has ${bytes} bytes, more than ${MOST_BYTES}`);
  const { basis, state } = facts;
  const { kind, statusPort } = basis;
  const routing = [String(state.serial), markOf(state), routingFile(kind), text];
  const files = [...routing, base?.name ?? "", base?.text ?? ""];
  const conditions = [state.candidate ?? "", String(RESERVE_BYTES), over ?? ""];
  return ["sh", "-c", SCRIPT, "sh", directory, kind, urlOf(statusPort), ...files, ...conditions];
}

/** The command that tells the routing's first line, and then what the edge says of itself. */
export function inspection(kind: EdgeBasis["kind"], statusPort: number, directory = EDGE_DIRECTORY): readonly string[] {
  const script = `head -n 1 "$1" && { timeout 2 wget -q -O - "$2" 2>/dev/null || curl -fsS -m 2 "$2"; }`;
  return ["sh", "-c", script, "sh", `${directory}/${routingFile(kind)}`, urlOf(statusPort)];
}

function urlOf(statusPort: number): string {
  return `http://127.0.0.1:${statusPort}${ROUTING_PATH}`;
}
