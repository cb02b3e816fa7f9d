"""Topic models whose words are features of token states: mLDA, mETM and mBERTopic."""
