/** Around every test file: it shares its process with others, and leaves environment and folder as they were. */
import { afterAll } from 'vitest'

const folder = process.cwd()
const environment = { ...process.env }

afterAll(() => {
  process.chdir(folder)
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment)
})
