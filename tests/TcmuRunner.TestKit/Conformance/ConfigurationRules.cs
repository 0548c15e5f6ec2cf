// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>What a handler says of itself, and how it checks configuration strings.</summary>
internal static class ConfigurationRules
{
    private const int GarbageStrings = 5000;

    public static IEnumerable<ConformanceRule> All =>
    [
        new("The description is complete and constant", session => Now(() => CheckDescription(session))),
        new("The assembly names the handler and a contract version that this daemon loads", session => Now(() => CheckAttribute(session))),
        new("A valid configuration is accepted", session => Now(() => CheckValid(session))),
        new("An invalid configuration is refused with a sentence", session => Now(() => CheckInvalid(session))),
        new("Checking garbage never throws", session => Now(() => CheckGarbage(session))),
        new("Checking a configuration changes nothing", session => Now(() => CheckSideEffects(session))),
    ];

    private static void CheckDescription(ConformanceSession session)
    {
        HandlerDescription description = session.Handler.Description;

        Require.That(
            description.Subtype.Length is > 0 and <= 32 && description.Subtype.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)),
            $"The subtype '{description.Subtype}' is not 1 to 32 lower-case letters and digits.");
        Require.That(!string.IsNullOrWhiteSpace(description.DisplayName), "The display name is empty.");
        Require.That(
            description.ConfigurationHelp.Contains(description.Subtype + "/", StringComparison.Ordinal),
            $"The configuration help does not show a string that begins with '{description.Subtype}/'.");
        Require.That(description == session.Handler.Description, "The description is another one when asked again.");
        Require.That(
            session.Subject.Configuration.StartsWith(description.Subtype + "/", StringComparison.Ordinal),
            "The subject's configuration is for another subtype.");
    }

    private static void CheckAttribute(ConformanceSession session)
    {
        Type type = session.Handler.GetType();
        HandlerAttribute? attribute = type.Assembly.GetCustomAttributes<HandlerAttribute>().FirstOrDefault(each => each.HandlerType == type);

        Require.That(attribute is not null, $"{type.Assembly.GetName().Name} has no [assembly: Handler(typeof({type.Name}))].");
        Require.That(type.IsPublic && type.GetConstructor([]) is not null, $"{type.Name} is not public or has no parameterless constructor.");
        Require.That(
            attribute.ApiMajorVersion == HandlerApi.MajorVersion && attribute.ApiMinorVersion <= HandlerApi.MinorVersion,
            $"The handler was made for contract version {attribute.ApiMajorVersion}.{attribute.ApiMinorVersion}.");
    }

    private static void CheckValid(ConformanceSession session)
    {
        foreach (string text in new[] { session.Subject.Configuration, session.Subject.OtherConfiguration }.OfType<string>())
        {
            ConfigurationCheck check = session.Handler.CheckConfiguration(ConformanceSession.Parse(text));
            Require.That(check.IsValid, $"'{text}' is refused: {check.Reason}");
        }
    }

    private static void CheckInvalid(ConformanceSession session)
    {
        Require.That(session.Subject.InvalidConfigurations.Count > 0, "The subject names no invalid configuration.");
        foreach (string text in session.Subject.InvalidConfigurations)
        {
            ConfigurationCheck check = session.Handler.CheckConfiguration(ConformanceSession.Parse(text));
            Require.That(!check.IsValid, $"'{text}' is accepted.");
            Require.Sentence(check.Reason, text);
        }
    }

    private static void CheckGarbage(ConformanceSession session)
    {
        int parsed = 0;
        for (int index = 0; index < GarbageStrings; index++)
        {
            if (ConfigurationString.TryParse(Garbage(session), out ConfigurationString? configuration, out _))
            {
                parsed++;
                ConfigurationCheck check = session.Handler.CheckConfiguration(configuration);
                Require.That(check.IsValid || check.Reason!.Length > 0, $"'{configuration}' is refused without a reason.");
            }
        }

        Require.That(parsed > GarbageStrings / 10, $"Only {parsed} strings reached the handler.");
    }

    private static void CheckSideEffects(ConformanceSession session)
    {
        string before = session.Subject.DescribeSurroundings();

        session.Handler.CheckConfiguration(ConformanceSession.Parse(session.Subject.Configuration));
        CheckInvalid(session);
        CheckGarbage(session);

        string after = session.Subject.DescribeSurroundings();
        Require.That(before == after, $"Before the check there was '{before}', afterwards '{after}'.");
    }

    // Half pure noise over the characters that matter, half a valid string with something done to it.
    private static string Garbage(ConformanceSession session)
    {
        const string Alphabet = "/;=.:,@ \\%~-_0aZé\u2028\ud800";
        char[] noise = new char[session.Random.Next(40)];
        for (int index = 0; index < noise.Length; index++)
        {
            noise[index] = Alphabet[session.Random.Next(Alphabet.Length)];
        }

        string text = new(noise);
        string valid = session.Subject.Configuration;
        int cut = session.Random.Next(valid.Length);
        return session.Random.Next(4) switch
        {
            0 => $"{session.Handler.Description.Subtype}/{text}",
            1 => valid + text,
            2 => valid[..cut] + text + valid[cut..],
            _ => valid[..cut],
        };
    }

    private static Task Now(Action check)
    {
        check();
        return Task.CompletedTask;
    }
}
