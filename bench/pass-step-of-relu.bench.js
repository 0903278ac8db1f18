import { withAndWithout } from './pass.js'

export default withAndWithout('step-of-relu', { net: 'resnet50', size: 128, batch: 32 })
