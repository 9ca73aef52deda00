"""Accounts: users, what role they hold where, sign-in, second factor, invitations of colleagues."""
