import { withAndWithout } from './pass.js'

export default withAndWithout('sums-by-image', { net: 'resnet50', size: 128, batch: 32 })
