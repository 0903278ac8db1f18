import { withAndWithout } from './pass.js'

export default withAndWithout('scalars-of-full-rank', { net: 'resnet50', size: 64, batch: 16 })
