#!/usr/bin/env node
// The program. Everything it does lies in dist/, which `npm run build` makes from src/.
import { existsSync } from 'node:fs'

const program = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(program)) {
  const { start } = await import(program.href)
  await start()
} else {
  console.error(
    'glasshouse: dist/ is missing, the program is not built yet. Run: npm install && npm run build',
  )
  process.exitCode = 1
}
