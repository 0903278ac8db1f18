// What the benchmarks of the image paths of pretext tasks share.
import { photographs } from './photographs.js'
import { secondsOf } from './timing.js'

const images = 48

/** The rate of one task's image path: decoded once, every form made at 64 pixels. */
export const pretextPath = task => ({
  unit: 'images/s',
  better: 'more',
  note: `from JPEG files of 500 x 375 to all forms of ${task} at 64 pixels`,
  settings: { task, side: 64, warmUps: 1, repetitions: 3 },
  async prepare() {
    const { folder, dispose } = await photographs({ counts: [images], width: 500, height: 375 })
    return { settings: { folder }, dispose }
  },
  async ours(settings) {
    const { folder, task, side } = settings
    const [{ readdirSync }, { join }, { readPicture }, { allForms }, { pretextTaskNamed }] =
      await Promise.all([
        import('node:fs'),
        import('node:path'),
        import('../dist/data/decode.node.js'),
        import('../dist/data/pretext/forms.node.js'),
        import('../dist/data/pretext/registry.js'),
      ])
    const named = pretextTaskNamed(task)
    const paths = readdirSync(join(folder, 'field')).map(name => join(folder, 'field', name))
    const work = () =>
      Promise.all(
        paths.map(async (path, index) => {
          const picture = await readPicture(path, { resize: { square: side * named.sourceScale } })
          await allForms(picture, named, side, index)
        }),
      )
    return { value: images / (await secondsOf(work, settings)) }
  },
  peer: {},
})
