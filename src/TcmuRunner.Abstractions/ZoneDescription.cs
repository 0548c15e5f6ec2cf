// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>One zone as the administrator sees it. Type and condition are the numbers of REPORT ZONES (ZBC-2 5).</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Type">ZONE TYPE: 1 conventional, 2 sequential write required, 3 sequential write preferred, 4 sequential or before required, 5 gap.</param>
/// <param name="Condition">ZONE CONDITION: 0 not write pointer, 1 empty, 2 implicitly opened, 3 explicitly opened, 4 closed, 5 inactive,
/// 13 read only, 14 full, 15 offline.</param>
/// <param name="StartBlock">First logical block.</param>
/// <param name="BlockCount">How many blocks can be written: its capacity.</param>
/// <param name="WrittenBlocks">How many blocks from its start have been written, up to the write pointer; -1 for a zone without.</param>
/// <param name="Domain">Number of its zone domain; -1 without.</param>
/// <param name="Realm">Number of its realm; -1 without.</param>
public readonly record struct ZoneDescription(
    int Number, byte Type, byte Condition, long StartBlock, long BlockCount, long WrittenBlocks, int Domain, int Realm);
