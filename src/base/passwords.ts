/** Addresses without the passwords in them, for people, logs and records. */
import { mapValues } from './map-values.ts'

/** An address that can be printed: no password, and no query, which can hold one. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '(an address that cannot be read)'
  const parsed = new URL(url)
  parsed.password = ''
  parsed.search = ''
  parsed.hash = ''
  return parsed.href
}

/** What a command was given, for its record: addresses that hold a password lose it, whatever option they came by. */
export const withoutPasswords = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  mapValues(values, value =>
    typeof value === 'string' && holdsPassword(value) ? withoutPassword(value) : value,
  )

function holdsPassword(text: string): boolean {
  if (!/^[a-z][a-z+.-]*:\/\//i.test(text) || !URL.canParse(text)) return false
  const { password, searchParams } = new URL(text)
  return password !== '' || searchParams.has('password')
}
