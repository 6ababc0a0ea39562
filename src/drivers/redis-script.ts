import { sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** A script, and the hash by which a server finds a script that it has run before. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/**
 * How many calls of one driver a record remembers at least. A repeated call that is older is
 * answered with `late`.
 */
const REMEMBERED_CALLS = 16;

/** How long the usual call lets the list of past calls grow, in bytes; then it is cut. */
const LIST_LENGTH = 160;

const text = `
local what, writer, number = ARGV[1], ARGV[2], ARGV[3]
local earliest, latest = tonumber(ARGV[4]), tonumber(ARGV[5])
local condition, expiresAt, ttl, text = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('GET', KEYS[1])

local version, memory

-- The usual call replaces the version that it has read, so it was not carried out before.
if what == 'write' and earliest <= now and now <= latest
  and stored and string.sub(stored, 1, #condition + 1) == condition .. ' ' then
  local name, till, last, past, others =
    string.match(stored, '^%S+ %S* ([^:]+):(%d+):(%d+)([%d,]*);(%S*) ')
  if name == writer and #past < ${LIST_LENGTH} and tonumber(last) < tonumber(number) then
    if tonumber(till) < now then past = '' else past = ',' .. last .. past end
    if tonumber(till) < latest then till = ARGV[5] end
    version = writer .. ':' .. number
    memory = writer .. ':' .. till .. ':' .. number .. past .. ';' .. others
  end
end

if not memory then
  local textStart, _
  version, memory = '', ''
  if stored then
    version, _, memory, textStart = string.match(stored, '^(%S*) (%S*) (%S*) ()')
  end
  local own, ownUntil, others, lastUntil = '', latest, {}, latest
  for name, till, numbers in string.gmatch(memory, '([^:]+):(%d+):([%d,]+);') do
    local needed = tonumber(till)
    if needed >= now then
      lastUntil = math.max(lastUntil, needed)
      if name == writer then own, ownUntil = numbers, math.max(latest, needed)
      else others[#others + 1] = name .. ':' .. till .. ':' .. numbers .. ';' end
    end
  end
  local numbers, place = {}, 1
  for past in string.gmatch(own, '%d+') do
    if past == number then return {'done', now} end
    numbers[#numbers + 1] = past
    if tonumber(past) > tonumber(number) then place = #numbers + 1 end
  end

  if now < earliest then return {'early', now} end
  local isOlder = place > #numbers and #numbers >= ${REMEMBERED_CALLS}
  if now > latest or isOlder then return {'late', now} end
  local isThere = version ~= ''
  local holds = condition == '*' or (condition == '-' and not isThere)
    or (isThere and (condition == '+' or condition == version))
  if not holds then return {'refused', now, isThere and what == 'write' and stored} end

  table.insert(numbers, place, number)
  if what == 'write' then version = writer .. ':' .. number end
  if what == 'touch' then text = string.sub(stored, textStart) end
  if what == 'remove' then version, ttl = '', lastUntil - now + 1 end
  numbers = table.concat(numbers, ',', 1, math.min(#numbers, ${REMEMBERED_CALLS}))
  local entry = writer .. ':' .. string.format('%.0f', ownUntil) .. ':' .. numbers .. ';'
  memory = entry .. table.concat(others)
end

local record = version .. ' ' .. expiresAt .. ' ' .. memory .. ' ' .. text
if ttl == '' then redis.call('SET', KEYS[1], record)
else redis.call('SET', KEYS[1], record, 'PX', ttl) end
return {'done', now}`;

/**
 * The script that writes, touches and removes records: at most once for each call, however often it
 * is delivered, and not outside its time.
 *
 * A record is one string of four parts, separated by spaces: version, `expiresAt`, memory, text.
 * The version is `<writer>:<number>`: each driver is a writer, and numbers its calls. A record
 * without a version is absent. A removal leaves one for as long as its memory is needed.
 *
 * The memory tells a repeated call from a new one, whatever was written in between. It lists the
 * calls that changed the record, as `<writer>:<until>:<number>,<number>,…;` with the highest number
 * first. Once the server's clock has passed `until`, the server accepts none of these calls any
 * more, and the entry may go. A record that ends sooner takes its memory along.
 *
 * Arguments: `write`, `touch` or `remove`; the writer; the call's number; the first and the last
 * millisecond of the server's clock at which the call may be carried out; the condition (`*` for
 * none, `-` absent, `+` present, or a version); `expiresAt` or nothing; the time to live in
 * milliseconds or nothing; the text.
 *
 * Returns the outcome, the server's time in milliseconds and, for a refused write, the record that
 * is there. Outcomes:
 * - `done`: carried out, now or by an earlier delivery
 * - `refused`: the condition does not hold
 * - `early`: not carried out, now or before; the caller's idea of the server's clock is wrong
 * - `late`: not carried out now; an earlier delivery may have been
 */
export const CHANGE: RedisScript = { text, sha: bytesToHex(sha1(utf8ToBytes(text))) };
