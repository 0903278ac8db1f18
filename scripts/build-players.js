// Bundles the players of the lenses' pages: each src/lenses/NAME/player/index.ts, with all it imports, becomes the text
// of one function (figure, data) => void in src/lenses/NAME/player.bundle.ts, which a page can hold and run offline. The
// players themselves are ordinary modules, which other pages import. What is made stands outside the repository; it
// carries the hash of its sources, and where that still holds there is nothing to do.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const lenses = resolve(import.meta.dirname, '../src/lenses')
/** What several players are made of. */
const shared = join(lenses, 'page/player')
const names = readdirSync(lenses).filter(name => existsSync(join(lenses, name, 'player/index.ts')))

for (const name of names) {
  const folder = join(lenses, name, 'player')
  const target = join(lenses, name, 'player.bundle.ts')
  const stamp = `// Bundled from player/ by scripts/build-players.js; do not edit. Sources: ${hashOf(folder)}\n`
  if (existsSync(target) && readFileSync(target, 'utf8').startsWith(stamp)) continue
  const code = await bundle(join(folder, 'index.ts'))
  const temporary = `${target}.${process.pid}.tmp`
  writeFileSync(
    temporary,
    `${stamp}/** The source of a function (figure: HTMLElement, data) => void that needs nothing from outside itself. */\nexport const player: string = ${JSON.stringify(code)}\n`,
  )
  renameSync(temporary, target)
}

/** Of the player's files, of those that players share, and of this script. Players import nothing but types from elsewhere. */
function hashOf(folder) {
  const hash = createHash('sha256').update(readFileSync(import.meta.filename))
  for (const part of [shared, folder])
    for (const file of readdirSync(part).sort())
      if (!file.endsWith('.test.ts')) hash.update(`\0${file}\0`).update(readFileSync(join(part, file)))
  return hash.digest('hex').slice(0, 16)
}

async function bundle(entry) {
  const { build } = await import('vite')
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry, formats: ['iife'], name: 'player' },
    },
  })
  if (!Array.isArray(built)) throw new Error('a library is built as a list of bundles')
  const [{ output }] = built
  // A page would take the end of a script for its own.
  const code = output[0].code.trim().replaceAll('</script', '<\\/script')
  return `(figure, data) => {${code}\nplayer(figure, data)}`
}
