// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions.Tests.Conformance;

/// <summary>What is wrong with a <see cref="FaultyDevice"/>.</summary>
public enum Fault
{
    None,
    ReadLeavesTheLastByte,
    ReadWritesBesideTheList,
    WriteForgetsTheSecondPiece,
    WriteChangesItsSource,
    WriteAllocates,
    WriteFails,
    OperationNeverCompletes,
    OperationThrows,
    CancelledOperationFails,
    UnmapLeavesAByte,
    UnmapTakesTheNeighbour,
    DeclinedWriteSameWrites,
    MiscompareWrites,
    MiscompareTellsAnotherPlace,
    ExtentIsEmpty,
    ExtentDeniesData,
    FlushFails,
    CacheWithoutFlush,
    PromiseWithoutInterface,
    SizeOfItsOwn,
    SecondCloseThrows,
    ShrinkLosesData,
}
