// Data to play with, and what is in it: twelve species of seedlings, drawn from a seed.
import { readDataset, writeSeedlings } from 'glasshouse'

const folder = process.argv[2] ?? 'seedlings'
await writeSeedlings(folder, { perClass: 5, size: 48, seed: 0 })
const { classes, items } = await readDataset(folder)
console.log(`${items.length} images of ${classes.length} classes: ${classes.join(', ')}`)
console.log(`${items.filter(({ split }) => split === 'test').length} of them are for testing`)
