/** /api/commands, /api/command, /api/check: what can be started, with which options, and whether it would start. */
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import type { Checked, CommandList } from '../api.ts'
import { readied } from '../asked.ts'
import { askedSchema } from '../asked-schema.ts'
import { detailsOf } from '../errors.ts'
import { commandForm, listedCommands } from '../forms.ts'
import { bodyOf, word } from '../request.ts'
import type { Studio } from '../studio.ts'

export const commandRoutes = (studio: Studio): Hono =>
  new Hono()
    .get('/api/commands', c => c.json({ commands: listedCommands() } satisfies CommandList))
    .get('/api/command', async c => c.json(await commandForm(word(c, 'command'))))
    .post('/api/check', async c => {
      const asked = await bodyOf(c, askedSchema)
      try {
        const { line } = await readied(studio, asked)
        return c.json({ line } satisfies Checked)
      } catch (error) {
        if (!(error instanceof GlasshouseError)) throw error
        return c.json({ line: '', error: detailsOf(error) } satisfies Checked)
      }
    })
