export * from '@tenpanel/ui-sdk';
