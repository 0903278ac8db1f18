/** A record with the same names and other values. */
export function mapValues<Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  change: (value: From, name: Name) => To,
): Record<Name, To> {
  const changed: Partial<Record<Name, To>> = {}
  for (const name in record) changed[name] = change(record[name], name)
  return changed as Record<Name, To>
}
