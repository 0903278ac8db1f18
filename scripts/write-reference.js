// npm run docs:reference: writes docs/reference from the definitions of commands, lenses and objectives.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referencePages } from '../dist/commands/reference.js'

const folder = join(import.meta.dirname, '../docs/reference')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const pages = await referencePages()
for (const [name, text] of pages) writeFileSync(join(folder, name), text)
console.log(`${pages.size} pages in docs/reference`)
