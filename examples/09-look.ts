// Every lens in one way: name its inputs and options, get numbers, and find the page in the folder.
import { createContext, lensNamed, look } from 'glasshouse'

const [model = 'example-run/run', image = 'example-run/seedlings/test/Maize/0004.png'] = process.argv.slice(2)
for (const [name, inputs, options] of [
  ['cam', { model, pictures: image }, {}],
  ['dream', { model, image }, { layer: ['stage2'], octaves: 1, steps: 5 }],
] as const) {
  const context = createContext({ folder: `${model}/${name}` })
  const metrics = await look(context, await lensNamed(name), inputs, options)
  console.log(name, Object.keys(metrics), context.results().files)
}
