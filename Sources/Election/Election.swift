// Election
