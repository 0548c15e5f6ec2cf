// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Conformance;

/// <summary>
/// The handler contract as rules that run against any handler. A rule about something that a device does not promise does not apply to it.
/// </summary>
/// <example>
/// <code>
/// public static TheoryData&lt;string&gt; Rules =&gt; [.. HandlerConformance.Rules];
///
/// [Theory, MemberData(nameof(Rules))]
/// public async Task The_contract_is_kept(string rule)
/// {
///     ConformanceResult result = await HandlerConformance.CheckAsync(rule, new MySubject());
///     Assert.True(result.Outcome == ConformanceOutcome.Kept || result.Detail == "The device does not promise Extents.", result.Detail);
/// }
/// </code>
/// </example>
public static class HandlerConformance
{
    private static readonly Dictionary<string, ConformanceRule> s_rules =
        new IEnumerable<ConformanceRule>[]
        {
            ConfigurationRules.All, LifecycleRules.All, DataRules.All, ConcurrencyRules.All, OptionalOperationRules.All, ExtentRules.All,
            ControlRules.All, RawCommandRules.All,
        }.SelectMany(rules => rules).ToDictionary(rule => rule.Name);

    /// <summary>The names of all rules.</summary>
    public static IReadOnlyCollection<string> Rules => s_rules.Keys;

    /// <summary>Checks one rule.</summary>
    /// <param name="rule">Its name.</param>
    /// <param name="subject">A fresh subject; disposed at the end.</param>
    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public static async Task<ConformanceResult> CheckAsync(string rule, ConformanceSubject subject)
    {
        ConformanceRule found = s_rules[rule];
        await using ConformanceSubject owned = subject;
        try
        {
            await using var session = new ConformanceSession(subject);
            await found.Check(session);
            return new ConformanceResult(rule, ConformanceOutcome.Kept, string.Empty);
        }
        catch (ConformanceException end)
        {
            return new ConformanceResult(rule, end.Outcome, end.Message);
        }
        catch (Exception unexpected)
        {
            return new ConformanceResult(rule, ConformanceOutcome.Broken, $"An exception came out: {unexpected}");
        }
    }
}
