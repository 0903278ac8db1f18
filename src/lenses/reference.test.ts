import { expect, test } from 'vitest'
import { z } from 'zod'
import { pictures } from './inputs.ts'
import { defineLens } from './lens.ts'
import { describeLens } from './reference.ts'

test('the reference page of a lens is derived from its definition', () => {
  const lens = defineLens({
    name: 'average-colour',
    title: 'Average colour',
    description: 'what colour the images have on average',
    inputs: { image: pictures('the images') },
    options: z.object({
      space: z.enum(['rgb', 'lab']).default('lab').describe('where it is averaged'),
      border: z.number().int().min(0).optional().describe('pixels left out at the border'),
      clip: z.boolean().default(true).describe('keep the result in range'),
    }),
    metrics: z.object({}),
    examples: [{ line: 'average-colour a.jpg', does: 'Of one image' }],
    run: async () => ({ run: async () => 0, metrics: () => ({}) }),
    draw: async () => ({ draw: async () => ({ report: { summary: '', sections: [] }, pictures: {} }) }),
  })
  expect(describeLens(lens)).toBe(`# Average colour

What colour the images have on average.

\`\`\`
glasshouse average-colour IMAGE... [options]
\`\`\`

| input | kind | meaning |
| --- | --- | --- |
| \`IMAGE...\` | pictures | the images |

| option | takes | default | meaning |
| --- | --- | --- | --- |
| \`--space\` | one of rgb, lab | \`lab\` | where it is averaged |
| \`--border\` | a whole number, at least 0 |  | pixels left out at the border |
| \`--no-clip\` |  |  | do not keep the result in range |

Of one image.
\`\`\`
glasshouse average-colour a.jpg
\`\`\`
`)
})
