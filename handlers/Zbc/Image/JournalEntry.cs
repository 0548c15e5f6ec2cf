// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>One change in the journal.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Index">Its number.</param>
/// <param name="Value">Its new value.</param>
internal readonly record struct JournalEntry(JournalEntryKind Kind, int Index, ulong Value);

/// <summary>What an entry of the journal is about.</summary>
internal enum JournalEntryKind
{
    /// <summary>A zone's state.</summary>
    Zone = 1,

    /// <summary>The active domain of a realm.</summary>
    Realm = 2,

    /// <summary>The two halves of the parameters.</summary>
    Parameters = 3,
}
