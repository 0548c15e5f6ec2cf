// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>One zone of a disk with zones, as callers on the bus see it. Type and condition are the numbers of REPORT ZONES (ZBC-2 5).</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Type">1 conventional, 2 sequential write required, 3 sequential write preferred, 4 sequential or before required, 5 gap.</param>
/// <param name="Condition">0 not write pointer, 1 empty, 2 implicitly opened, 3 explicitly opened, 4 closed, 5 inactive, 13 read only, 14 full, 15 offline.</param>
/// <param name="StartBlock">First logical block.</param>
/// <param name="BlockCount">How many blocks can be written.</param>
/// <param name="WrittenBlocks">How many blocks have been written; -1 for a zone without a write pointer.</param>
/// <param name="Domain">Number of its zone domain; -1 without.</param>
/// <param name="Realm">Number of its realm; -1 without.</param>
public readonly record struct ZoneFacts(
    uint Number, byte Type, byte Condition, ulong StartBlock, ulong BlockCount, long WrittenBlocks, int Domain, int Realm)
{
    /// <summary>The zone as a structure on the bus.</summary>
    internal const string Signature = "(uyyttxii)";

    internal object[] ToBus() => [Number, Type, Condition, StartBlock, BlockCount, WrittenBlocks, Domain, Realm];
}
