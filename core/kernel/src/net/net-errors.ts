import { PanelError } from '@tenpanel/sdk';

/** The panel does not connect there. */
export class AddressRefused extends PanelError {
  constructor(host: string) {
    super(
      'net.addressRefused',
      422,
      `The panel does not connect to ${host}: it is not an address of the public internet.`,
      { host },
    );
    this.name = 'AddressRefused';
  }
}

/** The other side did not answer as it should. */
export class RequestFailed extends PanelError {
  constructor(
    code: 'net.timeout' | 'net.unreachable' | 'net.tooLarge' | 'net.redirects' | 'net.badUrl',
    message: string,
  ) {
    super(code, 502, message);
    this.name = 'RequestFailed';
  }
}
