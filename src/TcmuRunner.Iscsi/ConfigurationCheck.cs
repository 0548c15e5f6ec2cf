// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi;

/// <summary>Finds what makes a configuration impossible, before anything is changed.</summary>
internal static class ConfigurationCheck
{
    /// <summary>Checks a configuration.</summary>
    /// <exception cref="IscsiException">It contradicts itself or the protocol; the message names the place.</exception>
    internal static void Check(TargetConfiguration configuration)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TargetNode node in configuration.Nodes)
        {
            if (!IscsiName.TryNormalize(node.Name, out string? name, out string? reason) || name != node.Name)
            {
                throw Invalid($"A target's name cannot be used: {reason ?? $"'{node.Name}' is not in lower case."}");
            }

            if (!names.Add(node.Name))
            {
                throw Invalid($"The target '{node.Name}' is there twice.");
            }

            CheckGroups(node);
        }

        CheckSecrets("Discovery", configuration.DiscoveryAuthentication);
    }

    private static void CheckGroups(TargetNode node)
    {
        var tags = new HashSet<ushort>();
        var portals = new HashSet<string>(StringComparer.Ordinal);
        foreach (PortalGroup group in node.PortalGroups)
        {
            string where = $"{node.Name}, portal group {group.Tag}";
            if (group.Tag == 0 || !tags.Add(group.Tag))
            {
                throw Invalid($"{where}: a portal group's tag is 1 to 65535, and each is there once.");
            }

            foreach (Portal portal in group.Portals)
            {
                if (!portals.Add(portal.EndPoint.ToString()))
                {
                    throw Invalid($"{where}: the portal {portal.EndPoint} is in this target twice.");
                }
            }

            CheckLuns(where, group.Luns);
            CheckSecrets(where, group.Authentication);
            foreach (InitiatorRule rule in group.Initiators)
            {
                CheckLuns($"{where}, initiator {rule.Name ?? "any"}", rule.Luns ?? []);
                CheckSecrets($"{where}, initiator {rule.Name ?? "any"}", rule.Authentication);
            }

            CheckParameters(where, group.Parameters);
        }
    }

    private static void CheckLuns(string where, IReadOnlyList<LunMapping> luns)
    {
        var numbers = new HashSet<ushort>();
        foreach (LunMapping mapping in luns)
        {
            if (mapping.Lun > LunMapping.MaximumLun || !numbers.Add(mapping.Lun))
            {
                throw Invalid($"{where}: LUN {mapping.Lun} is there twice, or larger than {LunMapping.MaximumLun}.");
            }
        }
    }

    private static void CheckSecrets(string where, Authentication? authentication)
    {
        if (authentication is null)
        {
            return;
        }

        if (authentication.Initiator.Secret.Length == 0 || authentication.Initiator.UserName.Length == 0)
        {
            throw Invalid($"{where}: CHAP needs a name and a secret.");
        }

        // Otherwise an initiator could have us compute its own proof (RFC 7143 12.1.3).
        if (authentication.Target?.Secret == authentication.Initiator.Secret)
        {
            throw Invalid($"{where}: the secrets of the two directions of CHAP must differ.");
        }
    }

    private static void CheckParameters(string where, SessionParameters parameters)
    {
        Range(where, nameof(parameters.MaximumConnections), parameters.MaximumConnections, 1, ushort.MaxValue);
        Range(where, nameof(parameters.MaximumOutstandingR2T), parameters.MaximumOutstandingR2T, 1, ushort.MaxValue);
        Range(where, nameof(parameters.QueueDepth), parameters.QueueDepth, 1, 4096);
        Range(where, nameof(parameters.DefaultTime2Wait), parameters.DefaultTime2Wait, 0, 3600);
        Range(where, nameof(parameters.DefaultTime2Retain), parameters.DefaultTime2Retain, 0, 3600);
        const int least = NegotiatedParameters.MinimumLength, most = NegotiatedParameters.MaximumLength;
        Range(where, nameof(parameters.MaximumReceiveDataSegmentLength), parameters.MaximumReceiveDataSegmentLength, least, most);
        Range(where, nameof(parameters.MaximumBurstLength), parameters.MaximumBurstLength, least, most);
        Range(where, nameof(parameters.FirstBurstLength), parameters.FirstBurstLength, least, parameters.MaximumBurstLength);
    }

    private static void Range(string where, string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw Invalid($"{where}: {name} is {value}; {least} to {most} are possible.");
        }
    }

    private static IscsiException Invalid(string message) => new(IscsiErrorKind.InvalidConfiguration, message);
}
