/** The version that package.json gives; two folders up both in src/ and in dist/. */
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
export const version = manifest.version
