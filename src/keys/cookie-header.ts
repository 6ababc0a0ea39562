/**
 * The values of the cookies of one name in a `Cookie` header, in the order they are in. Everything else is passed over
 * unread, whatever it looks like.
 *
 * Follows what a browser sends (RFC 6265bis section 5.8.3) and no more: pairs are parted by semicolons, only spaces
 * and tabs are trimmed, names are compared as they are (CVE-2020-8184: a decoded name could pass for another) and values
 * are not decoded. A comma parts nothing: several header lines arrive joined by a semicolon (RFC 9113 section 8.2.3), and
 * a comma in another cookie's value must not start one of ours.
 */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || trim(pair.slice(0, equals)) !== name) continue;
    values.push(trim(pair.slice(equals + 1)));
  }
  return values;
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
