// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests.Conformance;

/// <summary>The conformance kit finds what is wrong, and only that.</summary>
public sealed class HandlerConformanceTests
{
    // Not a plugin, so it has no assembly attribute.
    private const string AttributeRule = "The assembly names the handler and a contract version that this daemon loads";

    public static TheoryData<Fault, string> Faults => new()
    {
        { Fault.ReadLeavesTheLastByte, "A read fills every byte of its list" },
        { Fault.ReadWritesBesideTheList, "What was written is read, at any place and in any pieces" },
        { Fault.WriteForgetsTheSecondPiece, "A list of 4096 pieces is read and written" },
        { Fault.WriteChangesItsSource, "A mebibyte is read and written at once" },
        { Fault.WriteAllocates, "Reads and writes allocate nothing" },
        { Fault.WriteFails, "The first and the last block are read and written" },
        { Fault.OperationNeverCompletes, "A read fills every byte of its list" },
        { Fault.OperationThrows, "Overlapping operations on different blocks all complete" },
        { Fault.CancelledOperationFails, "Operations whose token is cancelled complete, and the device goes on" },
        { Fault.UnmapLeavesAByte, "Unmapped blocks read as zeros where that is promised, and their neighbours stay" },
        { Fault.UnmapTakesTheNeighbour, "Unmapped blocks read as zeros where that is promised, and their neighbours stay" },
        { Fault.DeclinedWriteSameWrites, "Write same with a pattern leaves the pattern or changes nothing" },
        { Fault.MiscompareWrites, "Compare and write tells the first difference and writes nothing" },
        { Fault.MiscompareTellsAnotherPlace, "Compare and write tells the first difference and writes nothing" },
        { Fault.ExtentIsEmpty, "Extents cover the device in whole blocks" },
        { Fault.ExtentDeniesData, "What is written is mapped, and what is not mapped reads as zeros" },
        { Fault.FlushFails, "Flushing succeeds, with and without writes before it" },
        { Fault.CacheWithoutFlush, "Every promised capability has its interface" },
        { Fault.PromiseWithoutInterface, "Every promised capability has its interface" },
        { Fault.SizeOfItsOwn, "Sizes and block sizes of an open device fit together" },
        { Fault.SecondCloseThrows, "Closing twice is harmless" },
        { Fault.ShrinkLosesData, "A device that shrinks keeps the data before its new end, or refuses" },
    };

    public static TheoryData<string> RulesOfDevices => [.. HandlerConformance.Rules.Where(rule => rule != AttributeRule)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_breaks_the_rule_about_it(Fault fault, string rule)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, new FaultySubject(fault));

        Assert.Equal(ConformanceOutcome.Broken, result.Outcome);
        Assert.NotEmpty(result.Detail);
    }

    [Theory]
    [MemberData(nameof(RulesOfDevices))]
    public async Task A_device_without_fault_breaks_no_rule(string rule)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, new FaultySubject(Fault.None));

        Assert.True(result.Outcome != ConformanceOutcome.Broken, result.Detail);
    }

    [Fact]
    public async Task A_handler_that_its_assembly_does_not_name_is_told()
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(AttributeRule, new FaultySubject(Fault.None));

        Assert.Equal(ConformanceOutcome.Broken, result.Outcome);
        Assert.Contains("[assembly: Handler(typeof(FaultyHandler))]", result.Detail, StringComparison.Ordinal);
    }
}
