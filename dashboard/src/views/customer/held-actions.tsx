import { useMutation } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { lookAgain } from '../../api/client.ts';
import { announce } from '../../parts/announce.tsx';
import { ActButton } from '../../parts/button.tsx';
import type { CustomerPage } from './customer-data.ts';

export function HeldActions({ page: { customer } }: { readonly page: CustomerPage }) {
  const { customerId } = customer;
  const release = useMutation({
    mutationFn: () => call('POST /v1/held/{customer}/release', { params: { customer: customerId } }),
    onSuccess: async () => {
      announce('Released: the downgrade is decided afresh and goes through');
      await lookAgain();
    },
    onError: (error) => announce(error.message),
  });
  if (customer.heldSince === null || customer.releaseGranted) return null;
  return (
    <ActButton disabled={release.isPending} onClick={() => release.mutate()}>
      Release the downgrade
    </ActButton>
  );
}
