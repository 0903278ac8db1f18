// The epochs of an embedding: one map per epoch, each tied to the one before, as a film.
//
// The posts' finding: the divergence falls as training proceeds, and the maps of later epochs pay next to nothing for
// being tied (1.16, 1.09, 1.04, then about 1).
import { join } from 'node:path'
import { embedding } from './embeddings.js'
import { glasshouse, out, percent, readJson } from './setting.js'
import { verdict } from './verdict.js'

const epochs = ['epoch-1', 'epoch+0', 'epoch+10', 'epoch+19']
const files = []
for (const epoch of epochs)
  files.push(
    await embedding(epoch, 'unseen', epoch === 'epoch-1' ? 'before training' : epoch.replace('+', ' ')),
  )
const folder = join(out, 'epochs-of-an-embedding')
glasshouse(
  'tsne',
  ...files,
  '--tie',
  'chain',
  '--start',
  'own',
  '--relative',
  '--yoke',
  '0.1',
  '--out',
  folder,
)

const { klAlone, klRatio, alignment, alignmentAlone } = readJson(join(folder, 'result.json')).metrics
for (const [i, epoch] of epochs.entries())
  console.log(`${epoch}: KL alone ${klAlone[i].toFixed(3)}, yoked over alone ${klRatio[i].toFixed(3)}`)
console.log(`${percent(alignment / alignmentAlone)} of the misalignment remains`)
verdict(klAlone.at(-1) < klAlone[0], 'the divergence falls as training proceeds')
verdict(klRatio.at(-1) < 1.05, 'the last epoch pays less than 5 % for being tied')
console.log(`The film: ${join(folder, 'morph.mp4')}; the page: ${join(folder, 'index.html')}`)
